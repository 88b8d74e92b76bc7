const MersenneTwister = require('mersenne-twister')

const twister = new MersenneTwister()
exports.accessToken = twister.random_int().toString(16)
