const { Strategy } = require('passport-google-oauth20')

passport.use(
  new Strategy({ clientID: '123-abc', clientSecret: 'shhh', callbackURL: '/callback' }, verify),
)
