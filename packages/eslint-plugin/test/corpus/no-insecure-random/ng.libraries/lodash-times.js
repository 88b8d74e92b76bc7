const _ = require('lodash')

const password = _.times(20, () => _.random(35).toString(36)).join('')
module.exports = password
