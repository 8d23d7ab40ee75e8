package main

import (
	"runtime"
	"sync"
)

const batch = 1_000

// yields: two goroutines, each with so many switches to make.
func yields(p plan) error {
	return p.measure("a switch", 2*p.switches, func(switches int) error {
		var tasks sync.WaitGroup
		for range 2 {
			tasks.Add(1)
			go func() {
				defer tasks.Done()
				for range switches / 2 {
					runtime.Gosched()
				}
			}()
		}
		tasks.Wait()
		return nil
	})
}

// spawnAndJoin: results come over a channel that has room for all, as nobody joins a goroutine.
func spawnAndJoin(p plan, batch int) error {
	var samples, processor []float64
	for round := 0; round < p.rounds; round++ {
		stop := stopwatch()
		results := make(chan int, batch)
		sum := 0
		for first := 0; first < p.tasks; first += batch {
			end := min(first+batch, p.tasks)
			for number := first; number < end; number++ {
				go func() { results <- number }()
			}
			for number := first; number < end; number++ {
				sum += <-results
			}
		}
		took := stop()
		samples = append(samples, float64(took.elapsed)/float64(p.tasks))
		processor = append(processor, float64(took.processor)/float64(p.tasks))
		if err := check("the sum of what the tasks returned", sum, sumBelow(p.tasks)); err != nil {
			return err
		}
	}
	p.metric("a task", samples, "ns")
	p.metric("processor a task", processor, "ns")
	peak, err := status("VmHWM")
	if err != nil {
		return err
	}
	p.metric("peak resident", []float64{float64(peak) / (1 << 20)}, "MiB")
	return nil
}
