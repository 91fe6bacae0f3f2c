package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"parley/server/store"
	"parley/shared/chat"
)

const (
	tokenBytes = 32 // random, so that the hash needs neither salt nor stretching

	day              = chat.Time(24 * 3600 * 1000)
	sessionLife      = 180 * day // since it was last used
	sessionSeenEvery = day
)

// signIn is a session that was begun: its token, which only the client keeps,
// and the account.
type signIn struct {
	token string
	me    chat.Account
}

// newToken draws a session's token.
func (s *Server) newToken() (token string, hash [32]byte) {
	b := make([]byte, tokenBytes)
	s.random(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	hash, _ = tokenHash(token)
	return token, hash
}

// tokenHash returns what the store knows of a token; ok is false for what
// cannot be one.
func tokenHash(token string) (hash [32]byte, ok bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return hash, false
	}
	return sha256.Sum256([]byte(token)), true
}

// signInGuest makes a guest, with a session.
func (s *Server) signInGuest(ctx context.Context, name, agent string) (signIn, error) {
	if !s.cfg.Guests {
		return signIn{}, chat.Refuse(chat.Forbidden, "this server has no guests: sign in with a username")
	}
	if err := validPersonName(name); err != nil {
		return signIn{}, err
	}
	return s.newAccount(ctx, chat.Account{Kind: chat.KindGuest, Name: name}, "", agent)
}

// signInMember begins another session of a member. A wrong name and a wrong
// password take the same work and get the same answer.
func (s *Server) signInMember(ctx context.Context, username, password, agent string) (signIn, error) {
	var member store.Account
	err := s.view(ctx, func(r store.Reader) (err error) {
		member, err = r.AccountByUsername(strings.ToLower(username))
		if errors.Is(err, store.ErrNotFound) {
			return nil // and check what nobody has
		}
		return err
	})
	if err != nil {
		return signIn{}, err
	}
	right, err := s.passwords.check(ctx, member.Password, password)
	if err != nil {
		return signIn{}, s.fail(err)
	}
	if !right {
		return signIn{}, errSignIn
	}
	token, hash := s.newToken()
	err = s.update(ctx, func(tx store.Tx) error {
		return s.beginSession(tx, member.ID, hash, agent)
	})
	if err != nil {
		return signIn{}, err
	}
	return signIn{token, member.Account}, nil
}

// newMember makes an account with a password, with a session.
func (s *Server) newMember(ctx context.Context, username, password, name, agent string) (signIn, error) {
	a, encoded, err := s.member(ctx, username, password, name)
	if err != nil {
		return signIn{}, err
	}
	return s.newAccount(ctx, a, encoded, agent)
}

// becomeMember makes the guest to whom token belongs a member: the same
// account, the same session under a new token, so that its sockets live on and
// the old token is worth nothing.
func (s *Server) becomeMember(ctx context.Context, token, username, password, name string) (signIn, error) {
	a, encoded, err := s.member(ctx, username, password, name)
	if err != nil {
		return signIn{}, err
	}
	old, _ := tokenHash(token)
	fresh, hash := s.newToken()
	var me store.Account
	err = s.update(ctx, func(tx store.Tx) error {
		session, err := tx.Session(old)
		if errors.Is(err, store.ErrNotFound) {
			return errUnauthorized // it was ended since the request began
		}
		if err != nil {
			return err
		}
		if me, err = tx.Account(session.Account); err != nil {
			return err
		}
		if me.Kind != chat.KindGuest {
			return chat.Refuse(chat.Conflict, "this account is a member already")
		}
		me.Kind, me.Name, me.Username, me.Password = a.Kind, a.Name, a.Username, encoded
		if err := putAccount(tx, me); err != nil {
			return err
		}
		session.Hash, session.Seen, session.Expires = hash, s.now(), s.now()+sessionLife
		return tx.PutSession(session)
	})
	if err != nil {
		return signIn{}, err
	}
	return signIn{fresh, me.Account}, nil
}

// member checks what a member is made of, and hashes the password.
func (s *Server) member(ctx context.Context, username, password, name string) (a chat.Account, encoded string, err error) {
	a = chat.Account{Kind: chat.KindMember, Name: name, Username: strings.ToLower(username)}
	if err := chat.ValidUsername(a.Username); err != nil {
		return a, "", err
	}
	if err := chat.ValidPassword(password); err != nil {
		return a, "", err
	}
	if err := validPersonName(name); err != nil {
		return a, "", err
	}
	if encoded, err = s.passwords.hash(ctx, password); err != nil {
		return a, "", s.fail(err)
	}
	return a, encoded, nil
}

// newAccount stores an account, and begins a session of it.
func (s *Server) newAccount(ctx context.Context, a chat.Account, password, agent string) (signIn, error) {
	token, hash := s.newToken()
	var made store.Account
	err := s.update(ctx, func(tx store.Tx) (err error) {
		if made, err = s.makeAccount(tx, a, password); err != nil {
			return err
		}
		return s.beginSession(tx, made.ID, hash, agent)
	})
	if err != nil {
		return signIn{}, err
	}
	return signIn{token, made.Account}, nil
}

// makeAccount stores an account under a new id.
func (s *Server) makeAccount(tx store.Tx, a chat.Account, password string) (store.Account, error) {
	a.ID = chat.AccountID(s.newID(func(id int64) bool {
		_, err := tx.Account(chat.AccountID(id))
		return err == nil
	}))
	made := store.Account{Account: a, Password: password, Made: s.now(), Seen: s.now()}
	return made, putAccount(tx, made)
}

// beginSession stores a new session of an account, unless it was deleted since
// the sign-in began.
func (s *Server) beginSession(tx store.Tx, account chat.AccountID, hash [32]byte, agent string) error {
	if _, err := self(tx, account); err != nil {
		return err
	}
	// Sessions are not found by id; two of the same one are not waited for.
	id := s.newID(func(int64) bool { return false })
	return tx.PutSession(store.Session{
		ID:      id,
		Hash:    hash,
		Account: account,
		Agent:   agentName(agent),
		Made:    s.now(),
		Seen:    s.now(),
		Expires: s.now() + sessionLife,
	})
}

// putAccount stores a; a username that is another's is a conflict.
func putAccount(tx store.Tx, a store.Account) error {
	err := tx.PutAccount(a)
	if errors.Is(err, store.ErrExists) {
		return chat.Refuse(chat.Conflict, "this username is taken")
	}
	return err
}

// renewSession notes that a session is in use, unless it was ended meanwhile.
func (s *Server) renewSession(ctx context.Context, hash [32]byte) error {
	return s.update(ctx, func(tx store.Tx) error {
		session, err := tx.Session(hash)
		if errors.Is(err, store.ErrNotFound) {
			return errUnauthorized
		}
		if err != nil {
			return err
		}
		session.Seen, session.Expires = s.now(), s.now()+sessionLife
		return tx.PutSession(session)
	})
}
