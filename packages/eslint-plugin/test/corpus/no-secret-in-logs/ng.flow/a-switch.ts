import { secret } from '../../secret.ts'
export function report(kind: string) {
  let shown
  switch (kind) {
    case 'full':
      shown = secret.expose()
      break
    default:
      shown = secret.label
  }
  console.log(shown)
}
