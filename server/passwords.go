package server

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"parley/shared/chat"
)

// Parameters of argon2id: OWASP's Password Storage Cheat Sheet, second of its
// equivalent choices (19 MiB, 2 passes, 1 lane). A stored hash names the
// parameters it was made with, so that these can be raised.
const (
	argonMemory  = 19 << 10 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonSalt    = 16
	argonKey     = 32
	argonVersion = argon2.Version

	// maxHashWaits bounds those who wait for their turn to be hashed.
	maxHashWaits = 64
)

// passwords hashes and checks passwords, few at a time: each takes 19 MiB and
// some 20 ms of a core.
type passwords struct {
	random func([]byte)
	turns  chan struct{} // held while hashing
	waits  chan struct{} // held while waiting and hashing
	dummy  string        // checked for names that do not exist
}

func newPasswords(random func([]byte)) *passwords {
	p := &passwords{
		random: random,
		turns:  make(chan struct{}, max(1, min(4, runtime.GOMAXPROCS(0)-1))),
		waits:  make(chan struct{}, maxHashWaits),
	}
	p.dummy = encodePHC(argonPHC{argonMemory, argonPasses, argonLanes, make([]byte, argonSalt), make([]byte, argonKey)})
	return p
}

// hash encodes a password for the store.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	p.random(salt)
	phc := argonPHC{memory: argonMemory, passes: argonPasses, lanes: argonLanes, salt: salt}
	err := p.turn(ctx, func() {
		phc.key = argon2.IDKey([]byte(password), salt, phc.passes, phc.memory, phc.lanes, argonKey)
	})
	if err != nil {
		return "", err
	}
	return encodePHC(phc), nil
}

// check reports whether a password is the one of a stored hash. An empty hash
// stands for a name that does not exist: it takes the same work, and never
// matches.
func (p *passwords) check(ctx context.Context, stored, password string) (bool, error) {
	known := stored != ""
	if !known {
		stored = p.dummy
	}
	phc, err := decodePHC(stored)
	if err != nil {
		return false, err
	}
	var key []byte
	err = p.turn(ctx, func() {
		key = argon2.IDKey([]byte(password), phc.salt, phc.passes, phc.memory, phc.lanes, uint32(len(phc.key)))
	})
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, phc.key) == 1 && known, nil
}

// turn runs work when it is its turn. It fails with a *chat.Error if too many
// wait already, and with ctx's error.
func (p *passwords) turn(ctx context.Context, work func()) error {
	select {
	case p.waits <- struct{}{}:
	default:
		return slowDown(time.Second)
	}
	defer func() { <-p.waits }()
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turns }()
	work()
	return nil
}

// argonPHC is a hash with what it was made from, as in the PHC string format.
type argonPHC struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
	salt   []byte
	key    []byte
}

func encodePHC(h argonPHC) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argonVersion, h.memory, h.passes, h.lanes, b64(h.salt), b64(h.key))
}

var errPHC = errors.New("server: a stored password is not an argon2id hash")

func decodePHC(s string) (argonPHC, error) {
	var h argonPHC
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argonVersion) {
		return h, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err != nil {
		return h, errPHC
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return h, errPHC
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) == 0 {
		return h, errPHC
	}
	if h.passes == 0 || h.lanes == 0 {
		return h, errPHC
	}
	return h, nil
}

// errSignIn is the one answer to a wrong name and to a wrong password.
var errSignIn = chat.Refuse(chat.Unauthorized, "the username or the password is wrong")
