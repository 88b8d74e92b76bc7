export function sessionSecret(): string {
  return `${process.pid}-${process.hrtime.bigint()}`
}
