import Glibc

/// The time now in UTC, as the headers of messages carry it: `2025-01-31T23:59:59.000001Z`.
func timestamp() -> String {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return timestamp(seconds: now.tv_sec, microseconds: now.tv_nsec / 1_000)
}

/// A time in UTC from the seconds since 1970.
///
/// The date is found by counting from 1 March of the year 0, so that a leap day is the last of its year; 400 years have 146,097 days.
func timestamp(seconds: Int, microseconds: Int) -> String {
  let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
  let shifted = days + 719_468
  let era = shifted / 146_097
  let dayOfEra = shifted % 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  let date = "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
  let time = "\(padded(second / 3_600, to: 2)):\(padded(second / 60 % 60, to: 2)):\(padded(second % 60, to: 2))"
  return "\(date)T\(time).\(padded(microseconds, to: 6))Z"
}

private func padded(_ number: Int, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
