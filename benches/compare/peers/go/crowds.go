package main

import (
	"strconv"
	"sync"
	"sync/atomic"
)

const (
	warmUp    = 1_000
	buffer    = 2_560
	deepTasks = 1_000
	depth     = 10_000
)

// useThreeKibibytes uses some 3 KiB of stack, making a text; its length.
//
//go:noinline
func useThreeKibibytes(number int) int {
	var bytes [buffer]byte
	text := bytes[:0]
	for line := 1; len(text)+64 < buffer; line++ {
		text = append(text, "line "...)
		text = strconv.AppendInt(text, int64(line), 10)
		text = append(text, " of the text of task "...)
		text = strconv.AppendInt(text, int64(number), 10)
		text = append(text, '\n')
	}
	return len(text)
}

type parkedRound struct {
	toPark, toEnd cost
	bytes, ended  int
}

func residentAndPageTables() (int, error) {
	resident, err := status("VmRSS")
	if err != nil {
		return 0, err
	}
	tables, err := status("VmPTE")
	return resident + tables, err
}

// parkAndWake: a closed channel wakes all.
func parkAndWake(tasks int, before func(int) int) (parkedRound, error) {
	var round parkedRound
	memory, err := residentAndPageTables()
	if err != nil {
		return round, err
	}
	stop := stopwatch()
	var arrived, ended atomic.Int64
	var all sync.WaitGroup
	gate, there := make(chan struct{}), make(chan struct{})
	all.Add(tasks)
	for number := range tasks {
		go func() {
			defer all.Done()
			well := before(number) > 0
			if arrived.Add(1) == int64(tasks) {
				close(there)
			}
			if _, open := <-gate; well && !open {
				ended.Add(1)
			}
		}()
	}
	<-there
	round.toPark = stop()
	after, err := residentAndPageTables()
	if err != nil {
		return round, err
	}
	round.bytes = after - memory
	stop = stopwatch()
	close(gate)
	all.Wait()
	round.toEnd = stop()
	round.ended = int(ended.Load())
	return round, nil
}

func parked(p plan, before func(int) int) error {
	var toPark, processorToPark, bytes, toEnd, processorToEnd []float64
	for range p.rounds {
		if _, err := parkAndWake(warmUp, before); err != nil {
			return err
		}
		round, err := parkAndWake(p.tasks, before)
		if err != nil {
			return err
		}
		if err := check("tasks that ended well", round.ended, p.tasks); err != nil {
			return err
		}
		toPark = append(toPark, round.toPark.elapsed.Seconds())
		processorToPark = append(processorToPark, round.toPark.processor.Seconds())
		bytes = append(bytes, float64(round.bytes)/float64(p.tasks))
		toEnd = append(toEnd, round.toEnd.elapsed.Seconds())
		processorToEnd = append(processorToEnd, round.toEnd.processor.Seconds())
	}
	p.metric("to spawn and park all", toPark, "s")
	p.metric("processor to spawn and park all", processorToPark, "s")
	p.metric("resident and page tables a task", bytes, "B")
	p.metric("to wake and end all", toEnd, "s")
	p.metric("processor to wake and end all", processorToEnd, "s")
	return nil
}

// descend is as many frames of a recursion; in the last of them it calls atTheEnd.
//
//go:noinline
func descend(left int, atTheEnd func()) int {
	frame := [4]int{left, left, left, left}
	if left == 0 {
		atTheEnd()
		return 0
	}
	below := descend(left-1, atTheEnd)
	if frame[left%4] == left {
		below++
	}
	return below
}

func recursion(p plan) error {
	var elapsed, processor, bytes []float64
	for range p.rounds {
		stop := stopwatch()
		var arrived, depths atomic.Int64
		var all sync.WaitGroup
		gate, there := make(chan struct{}), make(chan struct{})
		all.Add(deepTasks)
		for range deepTasks {
			go func() {
				defer all.Done()
				depths.Add(int64(descend(depth, func() {
					if arrived.Add(1) == deepTasks {
						close(there)
					}
					<-gate
				})))
			}()
		}
		<-there
		close(gate)
		all.Wait()
		took := stop()
		if err := check("frames of all tasks", int(depths.Load()), deepTasks*depth); err != nil {
			return err
		}
		peak, err := status("VmHWM")
		if err != nil {
			return err
		}
		elapsed = append(elapsed, took.elapsed.Seconds()*1e3)
		processor = append(processor, took.processor.Seconds()*1e3)
		bytes = append(bytes, float64(peak)/(1<<20))
	}
	p.metric("all tasks", elapsed, "ms")
	p.metric("processor all tasks", processor, "ms")
	p.metric("peak resident", bytes, "MiB")
	return nil
}
