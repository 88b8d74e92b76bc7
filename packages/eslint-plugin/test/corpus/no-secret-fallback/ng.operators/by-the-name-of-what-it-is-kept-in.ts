export const sessionOptions = {
  secret: process.env.SESSION ?? 'keyboard cat',
  resave: false,
}
