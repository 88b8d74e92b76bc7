/** More names than a file has, so that it never forgets within one; and few enough to keep. */
const MAX_NAMES = 10_000

/** Makes `judge` answer once for each name: code has few names, and uses each of them again and again. */
export function perName<Answer extends boolean | object>(
  judge: (name: string) => Answer,
): (name: string) => Answer {
  const answers = new Map<string, Answer>()
  return (name) => {
    const known = answers.get(name)
    if (known !== undefined) return known
    if (answers.size >= MAX_NAMES) answers.clear()
    const answer = judge(name)
    answers.set(name, answer)
    return answer
  }
}
