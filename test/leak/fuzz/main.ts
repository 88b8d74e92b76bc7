import { parseArgs } from 'node:util'
import { fuzzLines } from './fuzz-lines.ts'

const USAGE = `npm run soak:redactor -- [--lines N] [--seed N]

Logs lines with secrets in every spelling of the leak suite, and counts those in which a reader who tries every decoding still finds one, and those
that are damaged, broken or lost. Exits with 1 if there is one of these.`

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
const print = (line: string) => process.stdout.write(`${line}\n`)
if (values.help) print(USAGE)
else soak()

function soak(): void {
  const options = { lines: Number(values.lines), seed: Number(values.seed) }
  const { lines, readable, ...faults } = fuzzLines({ ...options, onFault: print })
  print(`${lines} lines, ${readable} of them with a secret that can be read unmasked`)
  const counts = Object.entries(faults)
  print(counts.map(([fault, count]) => `${count} ${fault}`).join(', '))
  if (counts.some(([, count]) => count > 0)) process.exitCode = 1
}
