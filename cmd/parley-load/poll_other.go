//go:build !linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"time"
)

// errSystem is what everything here fails with: the figures come from /proc,
// and the sockets from epoll.
var errSystem = errors.New("parley-load runs on Linux")

type poller struct{}

func newPoller() (*poller, error)                                        { return nil, errSystem }
func (*poller) add(int, bool, bool) error                                { return errSystem }
func (*poller) change(int, bool, bool) error                             { return errSystem }
func (*poller) wait(time.Duration, func(fd int, read, write bool)) error { return errSystem }
func (*poller) close()                                                   {}
func newSocket([4]byte) (int, error)                                     { return -1, errSystem }
func allowedCPUs() ([]int, error)                                        { return nil, errSystem }
func hold([]int) error                                                   { return errSystem }
func startOn(*exec.Cmd, []int) error                                     { return errSystem }
func fdatasync(*os.File) error                                           { return errSystem }
