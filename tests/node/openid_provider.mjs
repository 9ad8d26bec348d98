// An OpenID provider (npm's oidc-provider) with its own login form, for two clients. Its first line of output is its issuer.
// POST /of-the-test/rotate gives it a new key. POST /of-the-test/tell {login, claims} has it tell more of somebody, to who asks
// with the scope "residence". POST /of-the-test/tamper {claims, forge} changes the next ID token: claims are
// replaced and signed again by the provider's key; `forge` signs with another one of the same name.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, decodeJwt, importJWK } from "jose";
import { Provider } from "oidc-provider";

const [redirectUri] = process.argv.slice(2);
const residence = ["birthdate", "address", "municipality", "document_number"];
console.warn = console.info = () => {}; // it warns of everything that is not for production
const more = {};
const people = (id) => ({
  sub: id,
  name: id === "nameless" ? undefined : `${id[0].toUpperCase()}${id.slice(1)} of the provider`,
  email: `${id.replace("unverified-", "")}@example.org`,
  email_verified: !id.startsWith("unverified-"),
  ...more[id],
});
const client = (id) => ({ client_id: id, client_secret: `secret-of-${id}`, redirect_uris: [redirectUri] });
let number = 0, key, tampering, provider;

async function freshKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: `key-${++number}` };
}

async function tampered(token, { claims = {}, forge = false }) {
  const by = forge ? { ...(await freshKey()), kid: key.kid } : key;
  const payload = { ...decodeJwt(token), ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: by.kid }).sign(await importJWK(by, "RS256"));
}

async function renew(issuer) {
  key = await freshKey();
  provider = new Provider(issuer, {
    clients: [client("spilno"), client("another")],
    jwks: { keys: [key] },
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], residence },
    findAccount: (_, id) => ({ accountId: id, claims: () => people(id) }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["a key of the test"] },
    ttl: { IdToken: 60, AccessToken: 600, AuthorizationCode: 600, Interaction: 600, Session: 600, Grant: 600 },
    pkce: { required: () => true },
  });
  provider.use(async (context, next) => {
    await next();
    if (tampering && context.path === "/token" && context.body?.id_token) {
      context.body = { ...context.body, id_token: await tampered(context.body.id_token, tampering) };
      tampering = undefined;
    }
  });
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || "{}");
}

const server = createServer(async (request, response) => {
  if (request.url === "/of-the-test/rotate") await renew(issuer);
  else if (request.url === "/of-the-test/tell") {
    const { login, claims } = await body(request);
    more[login] = claims;
  } else if (request.url === "/of-the-test/tamper") tampering = await body(request);
  else return provider.callback()(request, response);
  response.end("{}");
});
let issuer;
server.listen(0, "127.0.0.1", async () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  await renew(issuer);
  console.log(issuer);
});
