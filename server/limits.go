package server

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"parley/shared/chat"
)

// Rates of the protocol, section 4, for a factor of 1.
const (
	postsPerSecond   = 20
	postsBurst       = 60
	pullsPerSecond   = 50
	pullsBurst       = 50
	uploadsPerSecond = 1
	uploadsBurst     = 60
	signInsPerSecond = 10.0 / 60
	signInsBurst     = 30
	exportsPerSecond = 1.0 / 60
	exportsBurst     = 3
)

// maxBuckets bounds each half of a buckets: beyond it the older half is
// forgotten early. Who has that many addresses does not need our tokens.
const maxBuckets = 1 << 16

// limits are the rates that the server holds its clients to.
type limits struct {
	now         func() time.Time
	postBuckets *buckets[chat.AccountID]
	pullBuckets *buckets[chat.AccountID]
	fileBuckets *buckets[chat.AccountID]
	signBuckets *buckets[netip.Addr]
	exports     *buckets[chat.AccountID]
}

// newLimits makes limits of factor times the protocol's rates and bursts;
// a factor of 0 switches them off.
func newLimits(factor float64, now func() time.Time) *limits {
	return &limits{
		now:         now,
		postBuckets: newBuckets[chat.AccountID](postsPerSecond*factor, postsBurst*factor),
		pullBuckets: newBuckets[chat.AccountID](pullsPerSecond*factor, pullsBurst*factor),
		fileBuckets: newBuckets[chat.AccountID](uploadsPerSecond*factor, uploadsBurst*factor),
		signBuckets: newBuckets[netip.Addr](signInsPerSecond*factor, signInsBurst*factor),
		exports:     newBuckets[chat.AccountID](exportsPerSecond*factor, exportsBurst*factor),
	}
}

// posts takes n posts, edits, recalls or reactions of an account. A batch is
// admitted while the bucket is above zero, and may overdraw it. If it is
// refused, retry says after how long one is admitted again.
func (l *limits) posts(account chat.AccountID, n int) (retry time.Duration, ok bool) {
	return l.postBuckets.overdraw(account, n, l.now())
}

// pulls takes one pull or page of an account.
func (l *limits) pulls(account chat.AccountID) (retry time.Duration, ok bool) {
	return l.pullBuckets.take(account, l.now())
}

// uploads takes one upload of an account.
func (l *limits) uploads(account chat.AccountID) (retry time.Duration, ok bool) {
	return l.fileBuckets.take(account, l.now())
}

// signIns takes one sign-in or new account from an address.
func (l *limits) signIns(address netip.Addr) (retry time.Duration, ok bool) {
	return l.signBuckets.take(address, l.now())
}

// slowDown is the refusal of what came too fast.
func slowDown(retry time.Duration) error {
	return &chat.Error{Code: chat.SlowDown, Message: "too fast, try again later", Retry: retry}
}

// buckets are token buckets by key. A bucket that nobody touched for a while is
// full again and need not be kept, so they live in two halves: a touched bucket
// moves into the young half, and every so often the old half is dropped and
// the young one becomes old. A nil *buckets admits everything.
type buckets[K comparable] struct {
	limit rate.Limit
	burst int
	keep  time.Duration // after this long untouched a bucket is full

	mu         sync.Mutex
	young, old map[K]*rate.Limiter
	turned     time.Time // when the halves last changed places
}

func newBuckets[K comparable](perSecond, burst float64) *buckets[K] {
	if perSecond <= 0 {
		return nil
	}
	b := &buckets[K]{limit: rate.Limit(perSecond), burst: max(1, int(math.Round(burst)))}
	deepest := float64(b.burst + chat.MaxPosts) // a full bucket plus the most that one batch overdraws
	b.keep = time.Duration(deepest / perSecond * float64(time.Second))
	b.young = make(map[K]*rate.Limiter)
	return b
}

// take takes one token if there is a whole one.
func (b *buckets[K]) take(key K, now time.Time) (retry time.Duration, ok bool) {
	if b == nil {
		return 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.bucket(key, now)
	if bucket.AllowN(now, 1) {
		return 0, true
	}
	return b.until(1 - bucket.TokensAt(now)), false
}

// overdraw takes n tokens if there is any.
func (b *buckets[K]) overdraw(key K, n int, now time.Time) (retry time.Duration, ok bool) {
	if b == nil {
		return 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.bucket(key, now)
	if tokens := bucket.TokensAt(now); tokens <= 0 {
		return b.until(-tokens), false
	}
	for n > 0 { // rate refuses to reserve more than a burst at once
		part := min(n, b.burst)
		bucket.ReserveN(now, part)
		n -= part
	}
	return 0, true
}

// bucket returns the bucket of a key, a full one if it was forgotten.
func (b *buckets[K]) bucket(key K, now time.Time) *rate.Limiter {
	if now.Sub(b.turned) >= b.keep || len(b.young) >= maxBuckets {
		b.old, b.young, b.turned = b.young, make(map[K]*rate.Limiter), now
	}
	bucket := b.young[key]
	if bucket == nil {
		if bucket = b.old[key]; bucket == nil {
			bucket = rate.NewLimiter(b.limit, b.burst)
		}
		b.young[key] = bucket
	}
	return bucket
}

// until says how long missing tokens take to come, rounded up to milliseconds
// and never 0.
func (b *buckets[K]) until(missing float64) time.Duration {
	ms := math.Floor(missing/float64(b.limit)*1000) + 1
	return time.Duration(ms) * time.Millisecond
}
