package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ticks are the units of /proc/PID/stat: USER_HZ, which is 100 on every
// architecture that Linux and Go share.
const ticks = 100

// cpus says who runs where.
type cpus struct {
	server, load, all []int
}

// split gives the server the first CPU and us all others. With one CPU alone
// both share it, and figures mean little.
func split() (cpus, error) {
	allowed, err := allowedCPUs()
	if err != nil {
		return cpus{}, err
	}
	if len(allowed) < 2 {
		return cpus{allowed, allowed, allowed}, nil
	}
	return cpus{allowed[:1], allowed[1:], allowed}, nil
}

// settle keeps this process on its CPUs.
func (c cpus) settle() error {
	if err := hold(c.load); err != nil {
		return fmt.Errorf("keep to CPUs %v: %w", c.load, err)
	}
	runtime.GOMAXPROCS(len(c.load))
	return nil
}

// cpuTime is what the processes have used of the CPUs so far, to 10 ms each.
func cpuTime(pids []int) (time.Duration, error) {
	var sum int64
	for _, pid := range pids {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
		}
		// The name, in brackets, may hold anything; behind it, utime and stime
		// are the 12th and 13th (proc_pid_stat(5)).
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 13 {
			return 0, fmt.Errorf("process %d: /proc/PID/stat has %d fields", pid, len(fields))
		}
		for _, field := range fields[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("process %d: %w", pid, err)
			}
			sum += n
		}
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// resident is how many bytes of memory the processes hold.
func resident(pids []int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		rollup, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
		if err != nil {
			return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
		}
		for line := range strings.Lines(string(rollup)) {
			if rest, ok := strings.CutPrefix(line, "Rss:"); ok {
				n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
				if err != nil {
					return 0, fmt.Errorf("process %d: %w", pid, err)
				}
				sum += n << 10
			}
		}
	}
	return sum, nil
}

// manyFiles lets this process and its children open as many sockets as the
// system allows.
func manyFiles() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	limit.Cur = limit.Max
	return os.NewSyscallError("setrlimit", unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
}
