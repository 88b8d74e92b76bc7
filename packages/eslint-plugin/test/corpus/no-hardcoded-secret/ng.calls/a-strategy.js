const FacebookStrategy = require('passport-facebook').Strategy

module.exports = new FacebookStrategy({ clientID: '1095165', clientSecret: 'RANDOM_HEX_32' }, login)
