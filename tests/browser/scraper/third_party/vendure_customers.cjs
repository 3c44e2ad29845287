// Vendure, a shop whose administration is an Angular application in Italian that asks everything by GraphQL.
// node vendure_customers.cjs FOLDER PORT   makes FOLDER/shop.sqlite and serves http://127.0.0.1:PORT/admin
const path = require("path");
const [folder, port] = [process.argv[2], Number(process.argv[3])];
const modules = path.join(folder, "node_modules");
const core = require(path.join(modules, "@vendure/core"));
const { AdminUiPlugin } = require(path.join(modules, "@vendure/admin-ui-plugin"));

const config = {
  apiOptions: { port, hostname: "127.0.0.1", adminApiPath: "admin-api", shopApiPath: "shop-api" },
  authOptions: {
    tokenMethod: "bearer",
    superadminCredentials: { identifier: "contabile", password: "Partita-doppia#1494" },
    cookieOptions: { secret: "x".repeat(30) },
  },
  dbConnectionOptions: {
    type: "sqljs", synchronize: true, autoSave: true, location: path.join(folder, "shop.sqlite"), logging: false,
  },
  paymentOptions: { paymentMethodHandlers: [core.dummyPaymentHandler] },
  plugins: [
    AdminUiPlugin.init({
      route: "admin", port: port + 1,
      adminUiConfig: { defaultLanguage: "it", defaultLocale: "IT", availableLanguages: ["it"] },
    }),
  ],
  logger: new core.DefaultLogger({ level: core.LogLevel.Error }),
  defaultLanguageCode: "it",
};

core.bootstrap(config).catch((error) => { console.error(error); process.exit(1); });
