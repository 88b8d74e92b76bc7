import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { addAuditCheckpoint } from './audit-checkpoint.ts'
import { addAuditQuery } from './audit-query.ts'
import { addAuditVerify } from './audit-verify.ts'

/** Adds `rekey audit`: commands on the audit log of a family. */
export function addAuditCommands(program: Command, context: CliContext): void {
  const audit = program
    .command('audit')
    .description('verify the audit log of a family, show it, and export it for a SIEM')
  addAuditVerify(audit, context)
  addAuditCheckpoint(audit, context)
  addAuditQuery(audit, context)
}
