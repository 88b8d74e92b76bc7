import { expect, it } from 'vitest'
import { lint } from '../rule-runs.test.support.ts'

it('can leave out Secrets that print only their label', () => {
  const code =
    "import { secret } from './secret.ts'\nconsole.log(secret)\nconsole.log(secret.expose())"
  const options = [{ secretObjects: false }]
  expect(lint(code, 'no-secret-in-logs', true, options)).toEqual(['exposedSecret'])
})
