const client = require('twilio')('ACRANDOM_HEX_32', 'RANDOM_HEX_32')

module.exports = client
