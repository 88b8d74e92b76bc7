const DEFAULTS = { host: 'localhost', password: 'mysql' }

module.exports = (options) => Object.assign({}, DEFAULTS, options)
