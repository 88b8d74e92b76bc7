// @lane servers
import { describeRunbook } from './describe-runbook.ts'

const documents = ['README.md', 'docs/runbooks/development.md']

describeRunbook('development', { documents })
