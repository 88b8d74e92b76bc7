const { secret } = require('../../secret.ts')
const debug = require('debug')('app:auth')
debug('using key %s', secret.expose())
