interface Process {
  readonly env: Record<string, string>
  readonly pid: number
}

export function describeAll(processes: Process[]) {
  return processes.map((process) => `${process.pid}: ${process.env.USER}`)
}
