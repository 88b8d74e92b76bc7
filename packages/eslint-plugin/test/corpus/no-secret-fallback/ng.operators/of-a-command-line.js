const option = (flag, fallback) => process.argv[process.argv.indexOf(flag) + 1] ?? fallback

module.exports = { token: option('--token', process.env.OPS_TOKEN ?? '') }
