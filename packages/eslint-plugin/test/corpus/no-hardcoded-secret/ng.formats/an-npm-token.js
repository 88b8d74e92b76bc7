const npmrc = '//registry.npmjs.org/:_authToken=npm_RANDOM_ALNUM_36\n'

module.exports = { npmrc }
