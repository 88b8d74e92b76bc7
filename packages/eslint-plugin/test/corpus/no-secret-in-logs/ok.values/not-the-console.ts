import { secret } from '../../secret.ts'
function run(console: { log(text: string): number }) {
  return console
}
run({ log: () => secret.expose().length })
