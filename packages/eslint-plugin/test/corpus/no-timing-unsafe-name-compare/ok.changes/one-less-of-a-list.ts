export function dedupe(left: { accessToken: string }[], entry: { accessToken: string }) {
  return left.filter((one) => one.accessToken !== entry.accessToken)
}
