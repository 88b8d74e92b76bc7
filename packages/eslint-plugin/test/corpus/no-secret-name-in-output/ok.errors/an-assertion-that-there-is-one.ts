import assert from 'node:assert'
assert(process.env['API_KEY'], 'API_KEY is not set')
assert.notEqual(process.env['API_KEY']?.length, 0)
