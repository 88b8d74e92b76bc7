import { dirname, join } from 'node:path'
import { findDrift, type LocatedDefinition } from '@rekey/family/definitions'
import type { CheckOutcome, Finding } from './finding.ts'

/** Whether the files that follow from the service definitions are as they should be. */
export async function checkDrift(
  root: string,
  definitions: readonly LocatedDefinition[],
): Promise<CheckOutcome> {
  const findings = await Promise.all(definitions.map((definition) => check(root, definition)))
  return {
    findings: findings.flat(),
    covered: `.env.example and service.schema.json of ${definitions.length} services`,
  }
}

async function check(root: string, definition: LocatedDefinition): Promise<Finding[]> {
  const folder = dirname(dirname(definition.file))
  const drifted = await findDrift(join(root, folder), definition)
  return drifted.map(({ name }) => ({
    check: 'drift',
    rule: 'generated-file',
    where: { file: `${folder}/${name}` },
    why: `it is not what follows from ${definition.file}`,
    fix: `npx rekey generate ${definition.name}`,
  }))
}
