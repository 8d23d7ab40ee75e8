// Boost's side of teem's workloads, a line of `workload,impl,workers,metric,value,unit,range` for each
// metric, as `benches/workloads/` prints them. The sizes are those of `measure.rs` there.
//
// Fibers run on one thread (`boost`), which is what the library is made for: sharing them between
// threads needs a scheduler that takes a lock for each switch, and channels that are no faster for it.
// `boost+context` is the bare switch, a loop in the place of a scheduler.
//
// Usage: peer-boost IMPLEMENTATION WORKLOAD [options]; without a name it says which there are.

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <boost/fiber/all.hpp>
#include <boost/version.hpp>
#include <cstdint>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace fibers = boost::fibers;
using boost::fibers::fiber;

namespace {

constexpr std::uint64_t round_trips = 1'000'000, messages_usual = 4'000'000, locks_usual = 8'000'000;
constexpr std::uint64_t hops_usual = 1'000'000, ring_size = 503, lockers = 8, batch_size = 1'000;
// Boost wants a power of two, one place of which stays empty.
constexpr std::size_t capacity = 128;

struct Plan {
    std::string implementation, workload;
    std::uint64_t workers = 1, rounds = 3, operations = 0, switches = 5'000'000, tasks = 1'000'000;
};

void metric(const Plan& plan, const std::string& name, std::vector<double> samples, const char* unit) {
    std::sort(samples.begin(), samples.end());
    const auto last = samples.size() - 1;
    std::cout << plan.workload << ',' << plan.implementation << ',' << plan.workers << ',' << name << ','
              << (samples[last / 2] + samples[(last + 1) / 2]) / 2 << ',' << unit << ',';
    if (last > 0) {
        std::cout << samples.front() << ".." << samples.back();
    }
    std::cout << std::endl;
}

void check(const char* what, std::uint64_t result, std::uint64_t expected) {
    if (result != expected) {
        throw std::runtime_error(std::string(what) + ": " + std::to_string(result) + " where " +
                                 std::to_string(expected) + " was expected");
    }
}

std::uint64_t sum_below(std::uint64_t count) {
    return count * (count - 1) / 2;
}

double nanoseconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

using Round = std::function<void(std::uint64_t)>;

// What an operation of a round took, and its processor time.
std::pair<double, double> cost(const Round& round, std::uint64_t operations) {
    const double start = nanoseconds(CLOCK_MONOTONIC), processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    round(operations);
    const auto count = static_cast<double>(operations);
    return {(nanoseconds(CLOCK_MONOTONIC) - start) / count,
            (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - processor) / count};
}

// A round of a tenth of the operations to warm up, then as many rounds as asked for.
void measure(const Plan& plan, const std::string& what, std::uint64_t usual, const Round& round) {
    const auto operations = plan.operations > 0 ? plan.operations : usual;
    round((operations + 9) / 10);
    std::vector<double> samples, processor;
    for (std::uint64_t i = 0; i < plan.rounds; ++i) {
        const auto [took, used] = cost(round, operations);
        samples.push_back(took);
        processor.push_back(used);
    }
    metric(plan, what, samples, "ns");
    metric(plan, "processor " + what, processor, "ns");
}

void yields(const Plan& plan) {
    measure(plan, "a switch", 2 * plan.switches, [](std::uint64_t switches) {
        const auto yield = [switches] {
            for (std::uint64_t left = switches / 2; left > 0; --left) {
                boost::this_fiber::yield();
            }
        };
        fiber first(yield), second(yield);
        first.join();
        second.join();
    });
}

void bare_switches(const Plan& plan) {
    measure(plan, "a switch", 2 * plan.switches, [](std::uint64_t switches) {
        const auto yield = [switches](boost::context::fiber&& back) {
            for (std::uint64_t left = switches / 2; left > 0; --left) {
                back = std::move(back).resume();
            }
            return std::move(back);
        };
        boost::context::fiber first(yield), second(yield);
        while (first || second) {
            if (first) {
                first = std::move(first).resume();
            }
            if (second) {
                second = std::move(second).resume();
            }
        }
    });
}

void spawn_and_join(const Plan& plan, std::uint64_t batch) {
    std::vector<double> samples, processor;
    for (std::uint64_t i = 0; i < plan.rounds; ++i) {
        const auto round = [batch](std::uint64_t tasks) {
            std::vector<fiber> alive;
            alive.reserve(batch);
            std::uint64_t sum = 0;
            for (std::uint64_t first = 0; first < tasks; first += batch) {
                for (auto number = first; number < std::min(first + batch, tasks); ++number) {
                    alive.emplace_back([&sum, number] { sum += number; });
                }
                for (auto& one : alive) {
                    one.join();
                }
                alive.clear();
            }
            check("the sum of what the fibers added", sum, sum_below(tasks));
        };
        const auto [took, used] = cost(round, plan.tasks);
        samples.push_back(took);
        processor.push_back(used);
    }
    metric(plan, "a task", samples, "ns");
    metric(plan, "processor a task", processor, "ns");
}

void pingpong(const Plan& plan) {
    measure(plan, "a round trip", round_trips, [](std::uint64_t trips) {
        fibers::unbuffered_channel<std::uint64_t> ping, pong;
        std::uint64_t sum = 0;
        fiber echo([&] {
            for (auto number : ping) {
                pong.push(number);
            }
        });
        fiber asker([&] {
            for (std::uint64_t number = 0; number < trips; ++number) {
                ping.push(number);
                sum += pong.value_pop();
            }
            ping.close();
        });
        asker.join();
        echo.join();
        check("the sum of the answers", sum, sum_below(trips));
    });
}

void through_channel(const Plan& plan, std::uint64_t pairs) {
    measure(plan, "a message", messages_usual, [pairs](std::uint64_t messages) {
        fibers::buffered_channel<std::uint64_t> channel(capacity);
        std::uint64_t sum = 0;
        std::vector<fiber> producers, consumers;
        for (std::uint64_t part = 0; part < pairs; ++part) {
            producers.emplace_back([&, part] {
                const auto end = messages * (part + 1) / pairs;
                for (auto number = messages * part / pairs; number < end; ++number) {
                    channel.push(number);
                }
            });
            consumers.emplace_back([&] {
                for (auto number : channel) {
                    sum += number;
                }
            });
        }
        for (auto& producer : producers) {
            producer.join();
        }
        channel.close();
        for (auto& consumer : consumers) {
            consumer.join();
        }
        check("the sum of the messages", sum, sum_below(messages));
    });
}

void mutex(const Plan& plan) {
    measure(plan, "a lock", locks_usual, [](std::uint64_t locks) {
        fibers::mutex lock;
        std::uint64_t count = 0;
        std::vector<fiber> all;
        for (std::uint64_t part = 0; part < lockers; ++part) {
            all.emplace_back([&, part] {
                const auto end = locks * (part + 1) / lockers;
                for (auto number = locks * part / lockers; number < end; ++number) {
                    const std::lock_guard<fibers::mutex> held(lock);
                    ++count;
                }
            });
        }
        for (auto& one : all) {
            one.join();
        }
        check("the count", count, locks);
    });
}

void ring(const Plan& plan) {
    measure(plan, "a hop", hops_usual, [](std::uint64_t hops) {
        using Channel = fibers::unbuffered_channel<std::uint64_t>;
        std::vector<std::unique_ptr<Channel>> channels;
        for (std::uint64_t number = 0; number < ring_size; ++number) {
            channels.push_back(std::make_unique<Channel>());
        }
        std::uint64_t last = ring_size;
        std::vector<fiber> all;
        for (std::uint64_t number = 0; number < ring_size; ++number) {
            all.emplace_back([&, number] {
                auto &tokens = *channels[number], &next = *channels[(number + 1) % ring_size];
                for (auto left : tokens) {
                    if (left == 0) {
                        last = number;
                        break;
                    }
                    next.push(left - 1);
                }
                next.close();
            });
        }
        channels[0]->push(hops);
        for (auto& one : all) {
            one.join();
        }
        check("the last holder", last, hops % ring_size);
    });
}

struct Row {
    const char *implementation, *workload;
    void (*run)(const Plan&);
};

const Row rows[] = {
    {"boost", "yield", yields},
    {"boost+context", "yield", bare_switches},
    {"boost", "spawn_join_batch", [](const Plan& plan) { spawn_and_join(plan, batch_size); }},
    {"boost", "pingpong", pingpong},
    {"boost", "chan_1p1c", [](const Plan& plan) { through_channel(plan, 1); }},
    {"boost", "chan_4p4c", [](const Plan& plan) { through_channel(plan, 4); }},
    {"boost", "mutex", mutex},
    {"boost", "ring", ring},
};

Plan parse(int count, char** words) {
    Plan plan;
    plan.implementation = words[1];
    plan.workload = words[2];
    for (int at = 3; at < count; at += 2) {
        const std::string option = words[at];
        if (at + 1 == count) {
            throw std::runtime_error(option + " needs a value");
        }
        const auto number = std::stoull(words[at + 1]);
        if (option == "--workers") {
            plan.workers = number;
        } else if (option == "--rounds") {
            plan.rounds = number;
        } else if (option == "--operations") {
            plan.operations = number;
        } else if (option == "--switches") {
            plan.switches = number;
        } else if (option == "--tasks") {
            plan.tasks = number;
        }
        // Options of workloads that are not here do no harm.
    }
    return plan;
}

}  // namespace

int main(int count, char** words) {
    if (count == 2 && std::string(words[1]) == "--version") {
        std::cout << BOOST_LIB_VERSION << std::endl;
        return 0;
    }
    if (count < 3) {
        for (const auto& row : rows) {
            std::cout << row.implementation << ' ' << row.workload << std::endl;
        }
        return 0;
    }
    try {
        const auto plan = parse(count, words);
        for (const auto& row : rows) {
            if (plan.implementation == row.implementation && plan.workload == row.workload) {
                std::cout << "workload,impl,workers,metric,value,unit,range" << std::endl;
                row.run(plan);
                return 0;
            }
        }
        throw std::runtime_error("there is no such workload");
    } catch (const std::exception& error) {
        std::cerr << "failed: " << words[1] << ' ' << words[2] << ": " << error.what() << std::endl;
        return 1;
    }
}
