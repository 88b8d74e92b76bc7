// A vitest reporter: appends one line of JSON to REKEY_LANE_REPORT when a file begins, and one when it ends.
// What was written before a lane is cut off stays: it tells what had passed, and which files never ended.
import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'

export default class LaneReporter {
  #began = new Map()

  onTestModuleQueued({ moduleId }) {
    this.#began.set(moduleId, Date.now())
    append({ event: 'began', file: relative('', moduleId) })
  }

  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()].map((test) => [
      test.fullName,
      test.result().state,
    ])
    const failed = tests.filter(([, state]) => state === 'failed').map(([name]) => name)
    // A file that cannot be loaded, or whose hook failed, has errors of its own.
    if (failed.length === 0 && module.state() === 'failed') failed.push('the file itself')
    append({
      event: 'ended',
      file: relative('', module.moduleId),
      passed: tests.filter(([, state]) => state === 'passed').length,
      failed,
      ms: Date.now() - (this.#began.get(module.moduleId) ?? Date.now()),
    })
  }
}

function append(entry) {
  appendFileSync(process.env.REKEY_LANE_REPORT, `${JSON.stringify(entry)}\n`)
}
