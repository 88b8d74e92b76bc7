const write = process.stdout.write.bind(process.stdout)
const emit = process.emit

process.emit = function (...given: unknown[]) {
  write('event\n')
  return emit.apply(process, given as never)
} as never
export const cwd = process.cwd.bind(process)
