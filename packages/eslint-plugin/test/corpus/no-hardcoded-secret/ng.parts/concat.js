module.exports.npmToken = 'npm_'.concat('RANDOM_ALNUM_36')
