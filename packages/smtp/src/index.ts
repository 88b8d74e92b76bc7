/**
 * A login of a mail server: how a service declares it, and what sends mail with it by nodemailer.
 *
 * @module
 */
export { smtpLogin, type SmtpLoginOptions } from './spec/smtp-login.ts'
export {
  type FollowedMail,
  followNodemailer,
  type MailTransport,
  type TransportLogin,
} from './use/follow-nodemailer.ts'
