# Sums up lines of `workload,impl,workers,metric,value,unit,range`: for each metric the median of
# each implementation's values, their range, and how many times teem's median that is.

BEGIN { FS = "," }

{
    subject = $1 FS $3 FS $4 FS $6
    if (!(subject in peers)) {
        subjects[++count] = subject
    }
    if (!((subject, $2) in values)) {
        peers[subject] = peers[subject] FS $2
    }
    values[subject, $2] = values[subject, $2] " " $5
}

END {
    if (count == 0) {
        print "# nothing was measured"
        exit 1
    }
    layout = "# %-10s %7s  %-24s %-20s %12s %5s  %-22s %8s\n"
    printf layout, "workload", "workers", "metric", "impl", "median", "unit", "range", "to teem"
    for (i = 1; i <= count; i++) {
        split(subjects[i], part, FS)
        teem = 0
        if ((subjects[i], "teem") in values) {
            summarize(values[subjects[i], "teem"])
            teem = median
        }
        names = split(peers[subjects[i]], name, FS)
        for (j = 2; j <= names; j++) {
            summarize(values[subjects[i], name[j]])
            ratio = teem > 0 ? sprintf("%.3g", median / teem) : "-"
            printf layout, part[1], part[2], part[3], name[j], median, part[4], range, ratio
        }
    }
}

# Sets `median` and `range` from numbers with spaces between them.
function summarize(list,    size, number, i, j, kept) {
    size = split(list, number, " ")
    for (i = 2; i <= size; i++) {
        kept = number[i] + 0
        for (j = i - 1; j > 0 && number[j] + 0 > kept; j--) {
            number[j + 1] = number[j]
        }
        number[j + 1] = kept
    }
    median = (number[int((size + 1) / 2)] + number[int(size / 2) + 1]) / 2
    range = size > 1 ? number[1] + 0 ".." number[size] + 0 : ""
}
