const defaults = { username: 'demo', password: '123456' }

module.exports = { defaults }
