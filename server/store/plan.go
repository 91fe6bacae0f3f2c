package store

import (
	"context"

	"parley/shared/chat"
)

// Plan is what the caller of Update knows of what its function is going to do:
// it works in one room. An engine beyond a network fetches all that at once,
// for a whole batch, before the functions run. A plan that is wrong or missing
// costs time and nothing else.
type Plan struct {
	Room    chat.RoomID
	Account chat.AccountID   // who acts
	Keys    []chat.Key       // of the operations, by Account
	Members []chat.AccountID // who else is asked for in the room
	Rows    []chat.Seq       // which rows are
}

type planKey struct{}

// WithPlan returns a context for Update that carries a plan.
func WithPlan(ctx context.Context, p Plan) context.Context {
	return context.WithValue(ctx, planKey{}, &p)
}

// PlanOf returns the plan that a context carries, nil if there is none.
func PlanOf(ctx context.Context) *Plan {
	p, _ := ctx.Value(planKey{}).(*Plan)
	return p
}
