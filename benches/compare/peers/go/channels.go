package main

import "sync"

const (
	roundTrips = 1_000_000
	messages   = 4_000_000
	capacity   = 128
	selections = 1_000_000
	locks      = 8_000_000
	lockers    = 8
	hops       = 1_000_000
	ringSize   = 503
)

func pingpong(p plan) error {
	return p.measure("a round trip", roundTrips, func(trips int) error {
		ping, pong, sums := make(chan int), make(chan int), make(chan int)
		go func() {
			for number := range ping {
				pong <- number
			}
		}()
		go func() {
			sum := 0
			for number := 0; number < trips; number++ {
				ping <- number
				sum += <-pong
			}
			close(ping)
			sums <- sum
		}()
		return check("the sum of the answers", <-sums, sumBelow(trips))
	})
}

func throughChannel(p plan, pairs int) error {
	return p.measure("a message", messages, func(messages int) error {
		channel, sums := make(chan int, capacity), make(chan int, pairs)
		var producers sync.WaitGroup
		for part := 0; part < pairs; part++ {
			producers.Add(1)
			go func(first, end int) {
				defer producers.Done()
				for number := first; number < end; number++ {
					channel <- number
				}
			}(messages*part/pairs, messages*(part+1)/pairs)
			go func() {
				sum := 0
				for number := range channel {
					sum += number
				}
				sums <- sum
			}()
		}
		producers.Wait()
		close(channel)
		sum := 0
		for part := 0; part < pairs; part++ {
			sum += <-sums
		}
		return check("the sum of the messages", sum, sumBelow(messages))
	})
}

// feed sends to the channels in turn.
func feed(channels []chan int, messages int) {
	for number := 0; number < messages; number++ {
		channels[number%len(channels)] <- number
	}
}

func unbuffered(count int) []chan int {
	channels := make([]chan int, count)
	for i := range channels {
		channels[i] = make(chan int)
	}
	return channels
}

func select2(p plan) error {
	return p.measure("a message", selections, func(messages int) error {
		channels, sums := unbuffered(2), make(chan int)
		go feed(channels, messages)
		go func() {
			a, b, sum := channels[0], channels[1], 0
			for i := 0; i < messages; i++ {
				select {
				case number := <-a:
					sum += number
				case number := <-b:
					sum += number
				}
			}
			sums <- sum
		}()
		return check("the sum of the messages", <-sums, sumBelow(messages))
	})
}

func select8(p plan) error {
	return p.measure("a message", selections, func(messages int) error {
		channels, sums := unbuffered(8), make(chan int)
		go feed(channels, messages)
		go func() {
			a, b, c, d := channels[0], channels[1], channels[2], channels[3]
			e, f, g, h := channels[4], channels[5], channels[6], channels[7]
			sum := 0
			for i := 0; i < messages; i++ {
				select {
				case number := <-a:
					sum += number
				case number := <-b:
					sum += number
				case number := <-c:
					sum += number
				case number := <-d:
					sum += number
				case number := <-e:
					sum += number
				case number := <-f:
					sum += number
				case number := <-g:
					sum += number
				case number := <-h:
					sum += number
				}
			}
			sums <- sum
		}()
		return check("the sum of the messages", <-sums, sumBelow(messages))
	})
}

func mutex(p plan) error {
	return p.measure("a lock", locks, func(locks int) error {
		var tasks sync.WaitGroup
		var lock sync.Mutex
		count := 0
		for part := 0; part < lockers; part++ {
			tasks.Add(1)
			go func(share int) {
				defer tasks.Done()
				for i := 0; i < share; i++ {
					lock.Lock()
					count++
					lock.Unlock()
				}
			}(locks*(part+1)/lockers - locks*part/lockers)
		}
		tasks.Wait()
		return check("the count", count, locks)
	})
}

func ring(p plan) error {
	return p.measure("a hop", hops, func(hops int) error {
		channels, last := unbuffered(ringSize), make(chan int)
		for number := range channels {
			go func(number int) {
				tokens, next := channels[number], channels[(number+1)%ringSize]
				for left := range tokens {
					if left == 0 {
						last <- number
						break
					}
					next <- left - 1
				}
				close(next)
			}(number)
		}
		channels[0] <- hops
		return check("the last holder", <-last, hops%ringSize)
	})
}
