const util = require('util')
const execFile = util.promisify(require('child_process').execFile)
const { secret } = require('../../secret.ts')
execFile('ssh-keygen', ['-N', secret.expose(), '-f', 'key'])
