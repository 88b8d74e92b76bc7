import { expect, it } from 'vitest'
import { referenceOf } from '../../test/commands/reference.support.ts'
import { newProgram } from '../../test/commands/run-program.support.ts'

it('docs/reference/cli.md has every command and option as the program has them (vitest -u writes it anew)', async () => {
  const text = referenceOf(newProgram())
  await expect(text).toMatchFileSnapshot('../../../../docs/reference/cli.md')
})
