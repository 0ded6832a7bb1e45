// @ts-check
/**
 * The manifests of both browsers, from one template.
 *
 * Owns what the extension asks for; each permission has its reason in docs/extension.md. Must never ask for a site: those are
 * granted one by one, or are those that an administrator's package names.
 */

/** What both have. */
const SHARED = {
  manifest_version: 3,
  name: "Callseal",
  description: "Records calls in the browser only after the customer has agreed, and seals them there.",
  icons: { 16: "icons/16.png", 32: "icons/32.png", 48: "icons/48.png", 128: "icons/128.png" },
  options_ui: { page: "options.html", open_in_tab: true },
  content_security_policy: {
    extension_pages: [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "img-src 'self' data:",
      "worker-src 'self'",
      // Stores are where the configuration says; on this machine without TLS.
      "connect-src 'self' https: http://127.0.0.1:* http://localhost:*",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
  },
  // Pages that are cross-origin isolated take no frame without these.
  cross_origin_embedder_policy: { value: "require-corp" },
  cross_origin_opener_policy: { value: "same-origin" },
  optional_host_permissions: ["https://*/*", "http://*/*"],
  // The same keys as in the embedded form; users can change them in the browser.
  commands: {
    yes: { suggested_key: { default: "Alt+Shift+Y" }, description: "Yes, record" },
    no: { suggested_key: { default: "Alt+Shift+N" }, description: "No recording" },
    withdraw: { suggested_key: { default: "Alt+Shift+W" }, description: "Consent was withdrawn" },
    pause: { suggested_key: { default: "Alt+Shift+P" }, description: "Pause, or resume" },
  },
  storage: { managed_schema: "managed-schema.json" },
};

/** Which of them sites may reach, by address alone nothing comes of it: frames need a nonce, the worklet a port. */
const REACHABLE = { resources: ["frame.html", "floating.html", "worklet.mjs"], matches: ["https://*/*", "http://*/*"] };

/**
 * @param {"chrome" | "firefox"} browser
 * @param {{version: string, sites?: string[], key?: string}} options  `sites`: match patterns that the package brings with it
 * @returns {Record<string, unknown>}
 */
export function manifest(browser, { version, sites = [], key }) {
  const own = { ...SHARED, version, ...(sites.length > 0 ? { host_permissions: sites } : {}) };
  const action = { default_title: "Callseal", default_icon: SHARED.icons };
  if (browser === "firefox") {
    const { storage: _, cross_origin_embedder_policy: __, cross_origin_opener_policy: ___, ...rest } = own;
    return {
      ...rest,
      permissions: ["scripting", "storage", "unlimitedStorage"],
      action,
      background: { scripts: ["firefox-background.js"], type: "module" },
      sidebar_action: { default_panel: "panel.html", default_title: "Callseal", default_icon: SHARED.icons, open_at_install: false },
      web_accessible_resources: [REACHABLE],
      browser_specific_settings: {
        gecko: {
          id: "callseal@callseal.example",
          strict_min_version: "140.0",
          data_collection_permissions: { required: ["none"] },
        },
      },
    };
  }
  return {
    ...own,
    minimum_chrome_version: "119",
    ...(key === undefined ? {} : { key }),
    permissions: ["offscreen", "scripting", "sidePanel", "storage", "unlimitedStorage"],
    action,
    background: { service_worker: "background.js", type: "module" },
    side_panel: { default_path: "panel.html" },
    // Not by an address that is another in each session (`use_dynamic_url`): cross-origin isolated pages refuse such frames.
    web_accessible_resources: [REACHABLE],
  };
}
