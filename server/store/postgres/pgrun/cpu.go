package pgrun

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks are the units of /proc/PID/stat: USER_HZ, which is 100 on every
// architecture that Linux and Go share.
const ticks = 100

// CPU is what all of the server's processes have used of the CPUs so far, to 10
// ms each, as Linux counts it.
func (c *Cluster) CPU() (time.Duration, error) {
	first := c.cmd.Process.Pid
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0, fmt.Errorf("read the CPU time of PostgreSQL: %w", err)
	}
	var sum int64
	for _, entry := range all {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		parent, own, ended, known := statOf(pid)
		switch {
		case !known: // it has just ended, and is its parent's to count
		case pid == first:
			sum += own + ended
		case parent == first:
			sum += own
		}
	}
	return time.Duration(sum) * time.Second / ticks, nil
}

// statOf is a process's parent, its ticks in the program and in the kernel, and
// those of its children that have ended.
func statOf(pid int) (parent int, own, ended int64, ok bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0, 0, false
	}
	// The name, in brackets, may hold anything; behind it, ppid is the 2nd, and
	// utime, stime, cutime and cstime are the 12th to 15th (proc_pid_stat(5)).
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 15 {
		return 0, 0, 0, false
	}
	var n [5]int64
	for i, at := range [...]int{1, 11, 12, 13, 14} {
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return 0, 0, 0, false
		}
	}
	return int(n[0]), n[1] + n[2], n[3] + n[4], true
}
