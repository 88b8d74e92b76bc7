const where = 'en' + 'v'
module.exports.token = process[where].GITHUB_TOKEN
