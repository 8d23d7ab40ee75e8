package main

import (
	"sort"
	"sync"
	"time"
)

const period = 100 * time.Millisecond

// lateness is the samples of a workload about timers: an entry a round.
type lateness struct {
	processor, median, p99, worst, missed, whole []float64
}

func (l *lateness) round(late []time.Duration) {
	sort.Slice(late, func(i, j int) bool { return late[i] < late[j] })
	micros := func(time time.Duration) float64 { return float64(time) / 1_000 }
	l.median = append(l.median, micros(late[len(late)/2]))
	l.p99 = append(l.p99, micros(late[len(late)*99/100]))
	l.worst = append(l.worst, micros(late[len(late)-1]))
}

func (l *lateness) print(p plan, what string) {
	p.metric("processor "+what, l.processor, "ns")
	p.metric("late p50", l.median, "us")
	p.metric("late p99", l.p99, "us")
	p.metric("late worst", l.worst, "us")
	if l.missed != nil {
		p.metric("missed", l.missed, "ticks")
	}
	if l.whole != nil {
		p.metric("whole", l.whole, "s")
	}
}

// ticker: a tick belongs to the latest multiple of the period. One that is late by more than a
// period is late by the rest, and the others have been missed.
func ticker(p plan) error {
	var seen lateness
	ticks := int(p.seconds*float64(time.Second)/float64(period) + 0.5)
	for round := 0; round < p.rounds; round++ {
		late := make([]time.Duration, p.tickers*ticks)
		missed := make([]int, p.tickers)
		early := make([]bool, p.tickers)
		var tasks sync.WaitGroup
		stop := stopwatch()
		for number := 0; number < p.tickers; number++ {
			tasks.Add(1)
			go func(number int) {
				defer tasks.Done()
				time.Sleep(period * time.Duration(number) / time.Duration(p.tickers))
				origin := time.Now()
				ticker := time.NewTicker(period)
				defer ticker.Stop()
				for tick := 0; tick < ticks; tick++ {
					<-ticker.C
					since := time.Since(origin)
					late[number*ticks+tick] = since % period
					missed[number] = int(since/period) - tick - 1
					early[number] = early[number] || missed[number] < 0
				}
			}(number)
		}
		tasks.Wait()
		took := stop()
		for _, early := range early {
			if early {
				return errEarly
			}
		}
		all := 0
		for _, missed := range missed {
			all += missed
		}
		seen.missed = append(seen.missed, float64(all))
		seen.processor = append(seen.processor, float64(took.processor)/float64(len(late)))
		seen.round(late)
	}
	seen.print(p, "a tick")
	return nil
}

// nap is from one to five seconds, in no order: multiples of the golden ratio are spread evenly
// however many there are.
func nap(number int) time.Duration {
	part := float64(uint32(number)*0x9E37_79B9) / float64(^uint32(0))
	return time.Duration((1 + 4*part) * float64(time.Second))
}

func sleepers(p plan) error {
	var seen lateness
	for round := 0; round < p.rounds; round++ {
		late := make([]time.Duration, p.tasks)
		var tasks sync.WaitGroup
		stop := stopwatch()
		for number := range late {
			tasks.Add(1)
			go func(number int) {
				defer tasks.Done()
				due := time.Now().Add(nap(number))
				time.Sleep(time.Until(due))
				late[number] = time.Since(due)
			}(number)
		}
		tasks.Wait()
		took := stop()
		for _, late := range late {
			if late < 0 {
				return errEarly
			}
		}
		seen.processor = append(seen.processor, float64(took.processor)/float64(p.tasks))
		seen.whole = append(seen.whole, took.elapsed.Seconds())
		seen.round(late)
	}
	seen.print(p, "a sleeper")
	return nil
}
