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
		stat, err := statOf(pid)
		if err != nil {
			return 0, err
		}
		sum += stat.own
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// stat is what the system says of a process.
type stat struct {
	parent int
	own    int64 // ticks in the program and in the kernel
	ended  int64 // likewise of its children that have ended
}

// statOf reads /proc/PID/stat.
func statOf(pid int) (s stat, err error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return s, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
	}
	// The name, in brackets, may hold anything; behind it, ppid is the 2nd, and
	// utime, stime, cutime and cstime are the 12th to 15th (proc_pid_stat(5)).
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 15 {
		return s, fmt.Errorf("process %d: /proc/PID/stat has %d fields", pid, len(fields))
	}
	var n [5]int64
	for i, at := range [...]int{1, 11, 12, 13, 14} {
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return s, fmt.Errorf("process %d: %w", pid, err)
		}
	}
	return stat{parent: int(n[0]), own: n[1] + n[2], ended: n[3] + n[4]}, nil
}

// familyTime is the CPU time of a process, of its children, and of those of
// them that have ended.
func familyTime(pid int) (time.Duration, error) {
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, entry := range all {
		other, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := statOf(other)
		if err != nil {
			continue // it has just ended, and is its parent's to count
		}
		switch {
		case other == pid:
			sum += stat.own + stat.ended
		case stat.parent == pid:
			sum += stat.own
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
