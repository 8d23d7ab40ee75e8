// Go's side of teem's workloads, a line of `workload,impl,workers,metric,value,unit,range` for each
// metric, as `benches/workloads/` prints them. The sizes are those of `measure.rs` there.
//
// Usage: peer-go go NAME [options]; without a name it says which there are.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"
)

// plan is what is to be run. The options are those of teem's side.
type plan struct {
	workload   string
	workers    int
	rounds     int
	operations int // 0: what is usual for the workload
	switches   int
	tickers    int
	tasks      int
	buffer     int // bytes of a served connection's
	seconds    float64
}

var workloads = []struct {
	name string
	run  func(plan) error
}{
	{"pingpong", pingpong},
	{"chan_1p1c", func(p plan) error { return throughChannel(p, 1) }},
	{"chan_4p4c", func(p plan) error { return throughChannel(p, 4) }},
	{"select_2", select2},
	{"select_8", select8},
	{"mutex", mutex},
	{"ring", ring},
	{"yield", yields},
	{"spawn_join", func(p plan) error { return spawnAndJoin(p, p.tasks) }},
	{"spawn_join_batch", func(p plan) error { return spawnAndJoin(p, batch) }},
	{"parked", func(p plan) error { return parked(p, func(int) int { return 1 }) }},
	{"parked_3k", func(p plan) error { return parked(p, useThreeKibibytes) }},
	{"recursion", recursion},
	{"skynet", skynet},
	{"fork_join", forkJoin},
	{"ticker", ticker},
	{"sleepers", sleepers},
	{"serve_echo", serveEcho},
	{"serve_http", serveHTTP},
}

func main() {
	if len(os.Args) < 3 {
		for _, workload := range workloads {
			fmt.Println("go", workload.name)
		}
		return
	}
	// The first word is the implementation, of which there is one.
	p, err := parse(os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(2)
	}
	runtime.GOMAXPROCS(p.workers)
	for _, workload := range workloads {
		if workload.name != p.workload {
			continue
		}
		fmt.Println("workload,impl,workers,metric,value,unit,range")
		if err := workload.run(p); err != nil {
			fmt.Fprintf(os.Stderr, "failed: go %s: %v\n", p.workload, err)
			os.Exit(1)
		}
		return
	}
	fmt.Fprintln(os.Stderr, "failed: there is no workload", p.workload)
	os.Exit(2)
}

func parse(words []string) (plan, error) {
	p := plan{workload: words[0], workers: 1, rounds: 3, switches: 5_000_000, tickers: 10_000, tasks: 1_000_000, buffer: 4 << 10, seconds: 3}
	for words = words[1:]; len(words) > 0; words = words[2:] {
		if len(words) == 1 {
			return p, fmt.Errorf("%s needs a value", words[0])
		}
		number, err := strconv.Atoi(words[1])
		if err != nil || number < 1 {
			return p, fmt.Errorf("%s %s: not a number above 0", words[0], words[1])
		}
		switch words[0] {
		case "--workers":
			p.workers = number
		case "--rounds":
			p.rounds = number
		case "--operations":
			p.operations = number
		case "--switches":
			p.switches = number
		case "--tickers":
			p.tickers = number
		case "--tasks":
			p.tasks = number
		case "--buffer":
			p.buffer = number
		case "--seconds":
			p.seconds = float64(number)
		default:
			return p, fmt.Errorf("there is no option %s", words[0])
		}
	}
	return p, nil
}

// cost is what a round took; processor is of all threads together.
type cost struct {
	elapsed, processor time.Duration
}

// stopwatch returns the function that stops it.
func stopwatch() func() cost {
	processor := processorTime()
	start := time.Now()
	return func() cost {
		return cost{time.Since(start), processorTime() - processor}
	}
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measure runs a round of a tenth of the operations to warm up, then as many rounds as asked for.
func (p plan) measure(what string, usual int, round func(operations int) error) error {
	operations := usual
	if p.operations > 0 {
		operations = p.operations
	}
	if err := round((operations + 9) / 10); err != nil {
		return err
	}
	var samples, processor []float64
	for i := 0; i < p.rounds; i++ {
		stop := stopwatch()
		if err := round(operations); err != nil {
			return err
		}
		took := stop()
		samples = append(samples, float64(took.elapsed)/float64(operations))
		processor = append(processor, float64(took.processor)/float64(operations))
	}
	p.metric(what, samples, "ns")
	p.metric("processor "+what, processor, "ns")
	return nil
}

// metric prints the median of the samples and, of several, their range.
func (p plan) metric(metric string, samples []float64, unit string) {
	sorted := append([]float64(nil), samples...)
	sort.Float64s(sorted)
	last := len(sorted) - 1
	median := (sorted[last/2] + sorted[(last+1)/2]) / 2
	span := ""
	if last > 0 {
		span = short(sorted[0]) + ".." + short(sorted[last])
	}
	fmt.Printf("%s,go,%d,%s,%s,%s,%s\n", p.workload, p.workers, metric, short(median), unit, span)
}

// short is a number with the digits that mean something: four, or all before the point.
func short(number float64) string {
	decimals := 3
	switch size := math.Abs(number); {
	case size >= 1_000:
		decimals = 0
	case size >= 100:
		decimals = 1
	case size >= 10:
		decimals = 2
	}
	return strconv.FormatFloat(number, 'f', decimals, 64)
}

func check(what string, result, expected int) error {
	if result == expected {
		return nil
	}
	return fmt.Errorf("%s: %d where %d was expected", what, result, expected)
}

func sumBelow(count int) int {
	return count * (count - 1) / 2
}

var errEarly = errors.New("woken before its time")
