package main

const (
	leavesUsual = 1_000_000
	fibNumber   = 32
	cutoff      = 12
)

// whole runs a computation once to warm up, then as many rounds as asked for.
func (p plan) whole(expected int, work func() int) error {
	var samples, processor []float64
	for round := range p.rounds + 1 {
		stop := stopwatch()
		result := work()
		took := stop()
		if err := check("the result", result, expected); err != nil {
			return err
		}
		if round > 0 {
			samples = append(samples, took.elapsed.Seconds()*1e3)
			processor = append(processor, took.processor.Seconds()*1e3)
		}
	}
	p.metric("whole", samples, "ms")
	p.metric("processor whole", processor, "ms")
	return nil
}

func skynet(p plan) error {
	leaves := leavesUsual
	if p.operations > 0 {
		leaves = p.operations
	}
	if err := p.whole(sumBelow(leaves), func() int {
		result := make(chan int, 1)
		go node(0, leaves, result)
		return <-result
	}); err != nil {
		return err
	}
	peak, err := status("VmHWM")
	if err != nil {
		return err
	}
	p.metric("peak resident", []float64{float64(peak) / (1 << 20)}, "MiB")
	return nil
}

func node(first, leaves int, result chan<- int) {
	if leaves <= 1 {
		result <- first * leaves
		return
	}
	children := make(chan int, 10)
	for child := range 10 {
		start, end := leaves*child/10, leaves*(child+1)/10
		go node(first+start, end-start, children)
	}
	sum := 0
	for range 10 {
		sum += <-children
	}
	result <- sum
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func forkJoin(p plan) error {
	return p.whole(fib(fibNumber), func() int { return fork(fibNumber) })
}

func fork(n int) int {
	if n <= cutoff {
		return fib(n)
	}
	left := make(chan int, 1)
	go func() { left <- fork(n - 1) }()
	right := fork(n - 2)
	return <-left + right
}
