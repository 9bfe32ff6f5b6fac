// The drop zone: folders keep their shape, and the bytes sent so far are shown. Without scripts the form works by itself.

const form = document.querySelector("[data-upload]");
if (form && window.FormData && window.XMLHttpRequest) {
  start(form);
}

function start(form) {
  const zone = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button[type=submit]");
  const state = form.querySelector("[data-state]");
  const text = form.querySelector("[data-state-text]");
  const bar = form.querySelector("[data-state-bar]");
  const words = form.dataset;
  let sending = false;
  let dropped = []; // {file, path}, of the latest drop; empty where files were chosen

  const counted = (count) =>
    count === 1 ? words.wordsOne : words.wordsMany.replace("{count}", String(count));

  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.remove("is-over");
    });
  }
  zone.addEventListener("drop", async (event) => {
    if (sending) {
      return;
    }
    try {
      dropped = await filesOf(event.dataTransfer);
    } catch {
      ended(words.wordsUnreadable);
      return;
    }
    if (dropped.length) {
      input.required = false;
      input.value = "";
      say(counted(dropped.length));
      send();
    }
  });
  input.addEventListener("change", () => {
    dropped = [];
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  function say(sentence) {
    state.hidden = false;
    text.textContent = sentence;
  }

  function send() {
    const files = dropped.length ? dropped : Array.from(input.files, (file) => ({ file, path: file.name }));
    if (!files.length) {
      input.required = true;
      form.reportValidity();
      return;
    }
    const body = new FormData();
    for (const field of form.elements) {
      if (field.name && field !== input && field.type !== "submit") {
        body.append(field.name, field.value);
      }
    }
    for (const { file, path } of files) {
      body.append("paths", path);
      body.append("files", file, file.name);
    }
    post(body, counted(files.length));
  }

  function post(body, what) {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) {
        const percent = Math.floor((event.loaded / event.total) * 100);
        bar.value = percent;
        say(`${words.wordsSending} ${what}: ${percent} %`);
      }
    });
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status === 201 && answer && answer.location) {
        bar.value = 100;
        say(words.wordsSent);
        window.location.assign(answer.location);
      } else if (!answer && request.status < 500) {
        ended(words.wordsRefused); // a page instead of an answer: signed out, or not allowed
      } else {
        ended((answer && answer.error) || words.wordsFailed);
      }
    });
    request.addEventListener("error", () => ended(words.wordsFailed));
    sending = button.disabled = true;
    bar.value = 0;
    say(`${words.wordsSending} ${what}`);
    request.send(body);
  }

  function ended(sentence) {
    sending = button.disabled = false;
    bar.value = 0;
    say(sentence);
  }
}

// Everything in a drop, folders walked through; the path inside the folder comes with each file.
async function filesOf(transfer) {
  const entries = Array.from(transfer.items || [], (item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  if (!entries.some(Boolean)) {
    return Array.from(transfer.files, (file) => ({ file, path: file.name }));
  }
  const found = [];
  for (const entry of entries) {
    if (entry) {
      await walk(entry, found);
    }
  }
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) {
      return;
    }
    for (const child of some) {
      await walk(child, found);
    }
  }
}
