// @reports foreign
const { definition } = require('../ok.certtransparency/the-definition')
module.exports = definition
