// The service worker: the UI from the cache, notifications, and nothing else.
//
// All that makes up one version of the UI lies in one cache named after it, and
// a page is served whole from one version: the shell comes from the cache
// first, so that it never meets another version's program. A new version
// installs beside the old one and waits; it takes over when the last page is
// closed, or when a page says that its user agrees ({type: "skip-waiting"}).
// Caches of older versions are deleted only then.
//
// What the server answers to the UI (the API, the sockets, the text rooms) is
// never touched, and never cached.
"use strict";

const version = "{{.Version}}";
const prefix = "parley-";
const cacheName = prefix + version;

// Paths on this origin; all but the shell carry the hash of their content.
const resources = {{.ResourcesToCache}};
const resourceByPath = new Map(resources.map((r) => [r.split("?")[0], r]));

const shell = "/";
const routes = new RegExp("{{.Routes}}");
const reserved = new RegExp("^/(api|chat)(/|$)|^/(ws|healthz|readyz)$");

// ---------------------------------------------------------------- lifecycle

self.addEventListener("install", (event) => event.waitUntil(precache()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function precache() {
  const cache = await caches.open(cacheName);
  await Promise.all(resources.map(async (resource) => {
    // What carries its hash may come from the browser's own cache: the page
    // has just loaded it. The rest is asked of the server.
    const mode = resource.includes("?v=") ? "default" : "no-cache";
    const response = await fetch(resource, { cache: mode });
    if (!response.ok || response.redirected) {
      throw new Error("precaching " + resource + ": " + response.status);
    }
    await cache.put(resource, response);
  }));
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
  // The page that installed the first worker is served by it from now on, and
  // has its shell when it goes offline.
  await self.clients.claim();
}

// ---------------------------------------------------------------- fetch

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || reserved.test(url.pathname)) {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(routes.test(url.pathname) ? cached(shell, request) : elsewhere(request));
    return;
  }
  const resource = precached(url);
  if (resource) {
    event.respondWith(cached(resource, request));
  }
});

// precached returns the cached resource that url asks for, if there is one.
// A hash other than ours is another version's, and goes to the server.
function precached(url) {
  const resource = resourceByPath.get(url.pathname);
  return url.search === "" || resource === url.pathname + url.search ? resource : undefined;
}

// cached answers with the resource, or from the network should the browser
// have thrown it away.
async function cached(resource, request) {
  const cache = await caches.open(cacheName);
  return (await cache.match(resource, { ignoreVary: true })) || fetch(request);
}

// elsewhere answers a navigation to what is not a page of the UI: the server
// says what it is; without it the shell opens, and says that it is offline.
async function elsewhere(request) {
  try {
    return await fetch(request);
  } catch (offline) {
    return cached(shell, request);
  }
}

// ---------------------------------------------------------------- messages

self.addEventListener("message", (event) => {
  const message = event.data || {};
  switch (message.type) {
    case "skip-waiting":
      event.waitUntil(self.skipWaiting());
      break;
    case "goapp:notify": // sent by go-app's ctx.Notifications().New
      event.waitUntil(news(message.options || {}));
      break;
  }
});

// ---------------------------------------------------------------- notifications

self.addEventListener("push", (event) => {
  let notification = null;
  try {
    notification = event.data && event.data.json();
  } catch (malformed) {
    // Not ours: there is nothing to show.
  }
  if (notification) {
    event.waitUntil(news({ ...notification, renotify: true }));
  }
});

// news shows what is new at a path, and how much is unread, unless somebody
// looks at it just now.
async function news(notification) {
  if (typeof notification.badge === "number") {
    badge(notification.badge);
    delete notification.badge;
  }
  const windows = await self.clients.matchAll({ type: "window" });
  if (!windows.some((w) => w.focused && new URL(w.url).pathname === notification.path)) {
    await notify(notification);
  }
}

// badge shows a number on the app's icon, where there is one.
function badge(unread) {
  if (navigator.setAppBadge) {
    (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => {});
  }
}

// notify shows {title, body, icon, badge, tag, silent, path, actions: [{action,
// title, path}]}. A tag replaces the notification that has the same one.
function notify(notification) {
  const actions = notification.actions || [];
  return self.registration.showNotification(notification.title || "Parley", {
    body: notification.body || "",
    icon: notification.icon || "/web/icons/icon-192.png",
    badge: notification.badge,
    tag: notification.tag || "",
    renotify: Boolean(notification.tag && notification.renotify),
    silent: Boolean(notification.silent),
    actions: actions.map(({ action, title, icon }) => ({ action, title, icon })),
    data: {
      path: notification.path || "/",
      paths: Object.fromEntries(actions.map(({ action, path }) => [action, path])),
    },
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data || {};
  event.waitUntil(show((data.paths && data.paths[event.action]) || data.path || "/"));
});

// show opens path in a window that is there, or in a new one.
async function show(path) {
  const url = new URL(path, self.location.origin);
  if (url.origin !== self.location.origin) {
    return;
  }
  const windows = await self.clients.matchAll({ type: "window" });
  const open = windows.find((w) => w.focused) || windows.find((w) => w.visibilityState === "visible") || windows[0];
  if (!open) {
    await self.clients.openWindow(url.href);
    return;
  }
  // A browser that does not let it come to the front still shows the room there.
  await open.focus().catch(() => {});
  // go-app's page script navigates where this message says.
  open.postMessage({ goapp: { type: "notification", path: url.pathname + url.search + url.hash } });
}
